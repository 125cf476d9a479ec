// Files as people have them, one case of each kind: what the programs say of it, the package says as well.
//
// The table is the core's: `core/tests/cases/cases.json`. Each `expect` is one object, or a list of which any one suffices.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { OutlayError, read } from 'outlay'

import { ROOT, collect, folder } from './support.mjs'

const FOLDER = path.join(ROOT, 'core/tests/cases')
const TEMPORARY = folder()
// What a case gives to the program, as the package has it.
const FLAGS = { '--on-error': 'onError', '--quarantine': 'quarantineFile' }

/** The first case of each kind, by name. */
function cases() {
  const table = JSON.parse(readFileSync(path.join(FOLDER, 'cases.json'), 'utf8'))
  const first = new Map()
  for (const one of table.toSorted((a, b) => (a.name < b.name ? -1 : 1))) if (!first.has(one.kind)) first.set(one.kind, one)
  return [...first.values()]
}

/** The paths, and the options. */
function given({ name, args }) {
  const [paths, options] = [[], {}]
  const resolve = (argument) => argument.replace('{tmp}', TEMPORARY)
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] in FLAGS) options[FLAGS[args[at]]] = resolve(args[(at += 1)])
    else paths.push(path.join(FOLDER, name, resolve(args[at])))
  }
  return [paths, options]
}

/** What the package makes of a case, in the terms of the table. */
async function whatCame(one) {
  const [paths, options] = given(one)
  const failed = (error) => {
    if (!(error instanceof OutlayError)) throw error
    return { exit: 1, error: `${error.code}: ${error.message}` }
  }
  const found = { exit: 0, error: '', totals: null, rows: [] }
  try {
    const reader = read(paths, options)
    found.rows = await collect(reader.rows())
    found.totals = await reader.totals()
    found.totals.check()
    return found
  } catch (error) {
    return { ...found, ...failed(error) }
  }
}

/** A regular expression as the table writes it; a part of it can ask for letters as they are. */
function find(pattern, text) {
  const exact = /\(\?-i:((?:[^()\\]|\\.)*)\)/g
  const asIs = [...pattern.matchAll(exact)].every(([, part]) => new RegExp(part, 's').test(text))
  return asIs && new RegExp(pattern.replace(exact, '(?:$1)'), 'is').test(text)
}

/** A number as text, without what makes two texts of one number. */
function plain(text) {
  const [, sign, whole, fraction = ''] = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? []
  if (whole === undefined) return null
  const digits = `${whole || '0'}${fraction && '.'}${fraction}`
  return digits === '0' ? '0' : `${sign}${digits}`
}

const isNumber = (text) => /^-?\d+(\.\d+)?$/.test(text)
const sameNumber = (a, b) => isNumber(a) && isNumber(b) && plain(a) === plain(b)

/** What is wanted, beside a cell: null or "" is an empty one, `~` begins a regex, an object is compared as it is. */
function same(want, cell) {
  if (want === null || want === '') return cell === null || cell === undefined || cell === ''
  if (cell === null || cell === undefined) return false
  if (typeof want === 'object') {
    const texts = (object) => Object.entries(object).map(([key, value]) => [key, String(value)]).toSorted()
    return typeof cell === 'object' && isDeepStrictEqual(texts(cell), texts(want))
  }
  const text = typeof cell === 'object' ? JSON.stringify(cell) : cell
  if (want.startsWith('~')) return new RegExp(want.slice(1), 's').test(text)
  return text === want || sameNumber(want, text)
}

/** What of an `expect` does not hold. */
function lacking(want, { exit, error, totals, rows }) {
  const broken = totals?.checks.filter((check) => !check.holds) ?? []
  const warnings = totals?.warnings.map(({ code, message }) => `${code}: ${message}`) ?? []
  const details = broken.map(({ code, detail }) => `${code}: ${detail}`)
  const isProven = exit === 0 && broken.length === 0
  const holds = {
    exit: (wanted) => exit === wanted,
    proven: (proven) => isProven === proven,
    rows_in: (wanted) => totals?.rowsIn === wanted,
    rows_out: (wanted) => totals?.rowsOut === wanted,
    costs: (wanted) =>
      totals !== null &&
      Object.keys(totals.costs).toSorted().join() === Object.keys(wanted).toSorted().join() &&
      Object.entries(wanted).every(([currency, sums]) =>
        Object.entries(sums).every(([name, sum]) => sameNumber(totals.toJSON().costs[currency][name], sum)),
      ),
    warning: (pattern) => warnings.some((text) => find(pattern, text)),
    error: (pattern) => find(pattern, error),
    not_error: (pattern) => ![error, ...warnings].some((text) => find(pattern, text)),
    check_fails: (pattern) => broken.some(({ code }) => find(pattern, code)),
    says: (pattern) => [error, ...warnings, ...details].some((text) => find(pattern, text)),
    rows: (rules) =>
      rules.every(({ where, has }) => {
        const meant = rows.filter((row) => Object.entries(where).every(([name, text]) => same(text, row[name])))
        return meant.length > 0 && meant.every((row) => Object.entries(has).every(([name, text]) => same(text, row[name])))
      }),
  }
  return Object.entries(want).filter(([key, wanted]) => {
    assert.ok(key in holds, `the table has a key that this test does not know: ${key}`)
    return !holds[key](wanted)
  })
}

test('there is a case of each kind', () => {
  const kinds = new Set(cases().map(({ kind }) => kind.split(' ')[0]))
  assert.deepEqual(kinds, new Set([...Array.from({ length: 17 }, (_, index) => `${index + 1}`), 'regression']))
})

test('regular expressions and numbers are those of the table', () => {
  assert.ok(find('(?-i:lineItem/currencyCode)', 'no lineItem/currencyCode here'))
  assert.ok(!find('(?-i:lineItem/currencyCode)', 'no lineitem/CurrencyCode here'))
  assert.ok(find('SAME|twice', 'it is the same\nfile'))
  for (const [a, b] of [['0.2496', '0.249600'], ['-0', '0'], ['0012', '12.0'], ['-1.50', '-1.5']]) assert.ok(sameNumber(a, b), a)
  for (const [a, b] of [['0.2496', '0.2497'], ['1', '-1'], ['10', '1'], ['', '0']]) assert.ok(!sameNumber(a, b), a)
})

for (const one of cases()) {
  test(`a case of each kind is what it is everywhere: ${one.kind}: ${one.name}`, async () => {
    const came = await whatCame(one)
    const short = [one.expect].flat().map((want) => lacking(want, came))
    const { costs, rowsIn, rowsOut, warnings } = came.totals ?? {}
    const brief = JSON.stringify({ short, error: came.error, costs, rowsIn, rowsOut, warnings })
    assert.ok(short.some((left) => left.length === 0), `${one.why}\n${brief}`)
  })
}
