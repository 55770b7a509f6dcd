/**
 * The rooms of the harness, from top to bottom. A module imports from its own room and from rooms below it, types included.
 * `harness/index.ts` stands above all of them, the other files of `harness/` itself below.
 * The sandbox is a target like any other: the harness starts it and then speaks HTTP and PostgreSQL to it.
 */
const rooms = [
  'vitest',
  'cli',
  'survey',
  'engine',
  'reviews',
  'reproduce',
  'mutation',
  'migrations',
  'init',
  'decide',
  'doctor',
  'run',
  'deployments',
  'evidence',
  'scenarios',
  'cuts',
  'coverage',
  'inventory',
  'cells',
  'verdict',
  'matrix',
  'fixtures',
  'witness',
  'paths',
  'actors',
  'workspace',
  'redaction',
  'model',
  'limits',
]

const order = rooms.slice(1).map((room, index) => ({
  name: `${room}-looks-down`,
  comment: 'Imports, type imports among them, point to rooms below.',
  severity: 'error',
  from: { path: `^harness/${room}/`, pathNot: '[.](test|types)[.]ts$' },
  to: { path: `^harness/(${rooms.slice(0, index + 1).join('|')})/` },
}))

const nodeBuiltin = { dependencyTypes: ['core'] }

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...order,
    {
      name: 'every-room-has-its-place',
      comment: 'A new room is added to the list above.',
      severity: 'error',
      from: { path: '^harness/[^/]+/', pathNot: `^harness/(${rooms.join('|')})/` },
      to: {},
    },
    {
      name: 'files-beside-the-rooms-know-none-of-them',
      severity: 'error',
      from: { path: '^harness/[^/]+[.]ts$', pathNot: '^harness/index[.]ts$|[.]test[.]ts$' },
      to: { path: '^harness/[^/]+/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'sandbox-stands-alone',
      comment: 'The sandbox imports nothing of the harness.',
      severity: 'error',
      from: { path: '^sandbox/' },
      to: { path: '^harness/' },
    },
    {
      name: 'tests-support-no-product',
      comment: 'Only tests import the support of the tests.',
      severity: 'error',
      from: { path: '^(harness|sandbox)/', pathNot: '[.](test|types)[.]ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'harness-speaks-to-the-sandbox-over-the-wire',
      severity: 'error',
      from: { path: '^harness/' },
      to: { path: '^sandbox/' },
    },
    {
      name: 'paths-borrow-no-privilege',
      comment: 'An actor must not reach the privileged reader.',
      severity: 'error',
      from: { path: '^harness/paths/' },
      to: { path: '^harness/(witness|fixtures|cli|vitest|evidence)/' },
    },
    {
      name: 'verdict-is-pure',
      comment: 'Verdicts are computed again from a record: no input, no output, no clock.',
      severity: 'error',
      from: { path: '^harness/verdict/', pathNot: '[.]test[.]ts$' },
      to: nodeBuiltin,
    },
    {
      name: 'verdict-knows-no-room',
      severity: 'error',
      from: { path: '^harness/verdict/', pathNot: '[.]test[.]ts$' },
      to: { path: '^harness/(?!verdict/|model/)', pathNot: '^harness/(errors|json)[.]ts$' },
    },
    {
      name: 'planning-is-pure',
      severity: 'error',
      from: { path: '^harness/matrix/plan/', pathNot: '[.]test[.]ts$' },
      to: nodeBuiltin,
    },
    {
      name: 'judges-are-pure',
      comment: 'A history is judged again from a report: no input, no output, no clock, nobody to ask.',
      severity: 'error',
      from: {
        path: '^harness/scenarios/(judges/|combine|completion|judge-again|history-text|overlap|state)',
        pathNot: '[.]test[.]ts$',
      },
      to: {
        path: '^harness/(actors|cells|cli|doctor|fixtures|limits|run|vitest|witness|workspace)/|^harness/scenarios/(round|scenario-runner)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'judges-read-no-clock',
      severity: 'error',
      from: {
        path: '^harness/scenarios/(judges/|combine|completion|judge-again|history-text|overlap|state)',
        pathNot: '[.]test[.]ts$',
      },
      to: nodeBuiltin,
    },
    {
      name: 'only-the-edge-prints',
      comment: 'Nothing below the command line and the Vitest plugin imports them.',
      severity: 'error',
      from: { path: '^harness/', pathNot: '^harness/(cli|vitest)/' },
      to: { path: '^harness/(cli|vitest)/' },
    },
    {
      name: 'only-the-adapter-knows-vitest',
      comment: 'The engine runs without Vitest, and the command line runs the engine.',
      severity: 'error',
      from: { path: '^harness/', pathNot: '^harness/vitest/|[.]test[.]ts$' },
      to: { path: '^harness/vitest/|^node_modules/vitest/' },
    },
    {
      name: 'the-doctor-looks-and-is-not-asked',
      comment: 'A run never leans on what the doctor found: only the command line asks it.',
      severity: 'error',
      from: { path: '^harness/', pathNot: '^harness/(cli|doctor)/' },
      to: { path: '^harness/doctor/' },
    },
    {
      name: 'findings-are-pure',
      comment: 'What the facts about a target mean is judged without asking it again.',
      severity: 'error',
      from: { path: '^harness/doctor/findings', pathNot: '[.]test[.]ts$' },
      to: { path: '^harness/(?!doctor/(findings|model))' },
    },
    {
      name: 'inventory-reads-and-runs-nothing',
      comment: 'It lists what is reachable: it signs no user in, makes no fixture and tries no cell.',
      severity: 'error',
      from: { path: '^harness/inventory/' },
      to: {
        path: '^harness/(?!inventory/|model/|limits/backoff|witness/(connection|data-api/description)|workspace/|(answer-body|errors)[.]ts$)',
      },
    },
    {
      name: 'an-inventory-is-described-without-asking-again',
      comment: 'Access, flags and text follow from the model.',
      severity: 'error',
      from: { path: '^harness/inventory/(access|flags|names|text)[.]ts$' },
      to: { path: '^harness/(?!inventory/(access|flags|model|names))' },
    },
    {
      name: 'coverage-is-pure',
      comment: 'What was tried follows from an inventory, the matrices and the records.',
      severity: 'error',
      from: { path: '^harness/coverage/', pathNot: '[.]test[.]ts$' },
      to: {
        path: '^harness/(actors|cells|cli|doctor|fixtures|limits|run|scenarios|vitest|witness|workspace)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'coverage-asks-nothing',
      severity: 'error',
      from: { path: '^harness/coverage/', pathNot: '[.]test[.]ts$' },
      to: nodeBuiltin,
    },
    {
      name: 'coverage-reads-the-model-of-an-inventory',
      severity: 'error',
      from: { path: '^harness/coverage/', pathNot: '[.]test[.]ts$' },
      to: { path: '^harness/inventory/(?!access|model|names)' },
    },
    {
      name: 'a-workspace-is-planned-without-asking',
      comment: 'What init writes follows from a schema and from what trying an earlier plan has shown.',
      severity: 'error',
      from: {
        path: '^harness/init/(buckets|draft|facts|files|functions|lessons|model|naming|pattern|plan|user-naming|planning|rows|tables|values|views)[.]ts$',
      },
      to: {
        path: '^harness/(?!init/(buckets|draft|facts|files|functions|lessons|model|naming|pattern|plan|user-naming|planning|rows|tables|values|views)|inventory/(access|model|names)|model/|(values|message-text|errors|json)[.]ts)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'planning-a-workspace-reads-no-clock',
      severity: 'error',
      from: {
        path: '^harness/init/(buckets|draft|facts|files|functions|lessons|model|naming|pattern|plan|user-naming|planning|rows|tables|values|views)[.]ts$',
      },
      to: nodeBuiltin,
    },
    {
      name: 'surveys-are-planned-and-read-without-asking',
      comment: 'What is tried follows from catalog, inventory and actors; flows follow from records.',
      severity: 'error',
      from: {
        path: '^harness/survey/',
        pathNot: '([.]test|/(try-survey|read-hints|read-matrix|survey-file|decide))[.]ts$',
      },
      to: {
        path: '^harness/(actors|cells|cli|doctor|engine|fixtures|limits|paths|run|scenarios|vitest|witness|workspace)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'reviews-follow-from-catalog-and-records',
      comment:
        'A review computes no verdict and asks nothing again: its facts are read once, by the modules `read-…` and `catalog`.',
      severity: 'error',
      from: { path: '^harness/reviews/', pathNot: '/(read-(?!policies)[a-z-]+|catalog)[.]ts$|[.]test[.]ts$' },
      to: {
        path: '^harness/(actors|cells|cli|doctor|engine|fixtures|limits|run|scenarios|verdict|vitest|witness|workspace)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'cuts-are-judged-without-looking-again',
      comment: 'What a migration that was cut short comes to follows from its records.',
      severity: 'error',
      from: { path: '^harness/(cuts/|migrations/leftovers[.]ts$)', pathNot: '[.]test[.]ts$' },
      to: { path: '^harness/(?!cuts/|model/|evidence/schema-diff|(errors|json)[.]ts$)' },
    },
    {
      name: 'shared-code-never-asks-which-path',
      comment: 'Only the registry names the access paths.',
      severity: 'error',
      from: { path: '^harness/', pathNot: '^harness/paths/' },
      to: { path: '^harness/paths/[^/]+/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
