import { expect, test } from 'vitest'
import { expandBraces, fitsGlob, namesOf, writtenOut } from './glob.ts'

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

test.each([
  ['a', ['a']],
  ['a{b,c}', ['ab', 'ac']],
  ['{a,b}{c,d}', ['ac', 'ad', 'bc', 'bd']],
  ['x{a,b{c,d}}', ['xa', 'xbc', 'xbd']],
  ['{a,}b', ['ab', 'b']],
  ['{a}', ['{a}']],
  ['{a}{b,c}', ['{a}b', '{a}c']],
  ['{a,b', ['{a,b']],
  ['a}b,{c', ['a}b,{c']],
  ['notes › {alice,bob} › read', ['notes › alice › read', 'notes › bob › read']],
])('braces: %s', (text, expected) => {
  expect(expandBraces(text)).toEqual(expected)
})

const files = ['matrices/documents.matrix.yaml', 'matrices/billing/{a,b}.matrix.yaml', 'matrices/posts.matrix.ts']
const isName = (text: string) => files.some((file) => namesOf(file).includes(text))

test.each([
  [['{documents,posts}'], ['documents', 'posts']],
  [['{documents,nothing}'], ['documents', 'nothing']],
  [['billing/{a,b}'], ['billing/{a,b}']],
  [
    ['p*', '{x,y}'],
    ['p*', 'x', 'y'],
  ],
])('%j is written out, unless a file has that very name', (globs, expected) => {
  expect(writtenOut(globs, isName)).toEqual(expected)
})
