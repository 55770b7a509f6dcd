import { expect, test } from 'vitest'
import { fitsGlob } from './glob.ts'

const file = 'matrices/billing/invoices.matrix.yaml'

test.each([
  [file, file],
  [file, 'billing/invoices.matrix.yaml'],
  [file, 'billing/invoices'],
  [file, 'billing/*'],
  [file, '**/invoices'],
  [file, '**'],
  [file, 'billing/invoice?'],
  [file, 'billing/{invoices,payments}'],
  [file, 'billing/[ij]nvoices'],
  ['matrices/invoices.matrix.ts', '**/invoices'],
  ['matrices/.drafts.matrix.yaml', '*'],
  ['matrices/(old) [a] {b}.matrix.yaml', '(old) [a] {b}'],
  ['a claim (twice) at once', 'a claim (tw*'],
  ['a claim (twice) at once', 'a claim (twice)*'],
  ['!urgent', '!urgent'],
  ['!urgent', '!urg*'],
])('%s fits the glob %s', (name, glob) => {
  expect(fitsGlob(name, glob)).toBe(true)
})

test.each([
  [file, 'invoices'],
  [file, '*'],
  [file, 'billing'],
  [file, 'billing/invoice'],
  [file, 'billing.invoices'],
  [file, '!payments'],
  [file, ''],
  ['matrices/ab.matrix.yaml', 'a+(b)'],
  ['a claim twice at once', 'a claim (twice)*'],
])('%s does not fit the glob %s', (name, glob) => {
  expect(fitsGlob(name, glob)).toBe(false)
})
