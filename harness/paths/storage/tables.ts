/** Storage's two tables, as its own API shows them. */
export const bucketsTable = 'storage.buckets'
export const objectsTable = 'storage.objects'

/** The name of the resource of the buckets themselves. */
export const allBuckets = '*'
