// The script of the page. Without it the findings, the heat maps and the timelines are still visible.
const dialog = document.getElementById('cell')
const form = document.getElementById('filters')
const notice = document.getElementById('notice')
const main = document.getElementById('main')
const links = [...document.querySelectorAll('.matrix [data-cell]')]
const numbered = [...document.querySelectorAll('[data-cells], [data-raced]')]
const matrices = [...document.querySelectorAll('.matrix')]
const scenarioEntries = [...document.querySelectorAll('[data-scenario]')]
const initiallyOpen = new Set(matrices.filter((matrix) => matrix.open))
const filters = ['actor', 'path', 'verdict', 'text']
const known = {}
/** The numbers of the cells that fit the filter; undefined where there is none. */
let shown
/** The element that had the focus before the dialog opened. */
let opener = null

/** Parses records on first use, so that a large report opens quickly. */
function read(id) {
  known[id] ??= JSON.parse(document.getElementById(id).textContent)
  return known[id]
}

function cells() {
  return read('cells')
}

function scenarios() {
  return read('scenario-records')
}

function element(name, text, look) {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  if (look !== undefined) made.className = look
  return made
}

function button(text, onClick) {
  const made = element('button', text)
  made.type = 'button'
  if (onClick === null) made.disabled = true
  else made.addEventListener('click', onClick)
  return made
}

/** A page on disk may have no clipboard: then the text is selected, and the browser copies it. */
async function copy(text, beside) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const range = document.createRange()
    range.selectNodeContents(beside)
    getSelection().removeAllRanges()
    getSelection().addRange(range)
    return document.execCommand('copy')
  }
}

function copyButton(made, code) {
  made.hidden = false
  made.addEventListener('click', async () => {
    made.textContent = (await copy(code.textContent, code)) ? 'Copied' : 'Select and copy'
    setTimeout(() => {
      made.textContent = 'Copy'
    }, 2000)
  })
}

function command(label, text) {
  const line = element('p', undefined, 'command')
  const code = element('code', text)
  const made = element('button', 'Copy', 'copy')
  made.type = 'button'
  made.setAttribute('aria-label', `Copy ${label}`)
  copyButton(made, code)
  line.append(element('span', label), ' ', code, ' ', made)
  return line
}

function described(facts) {
  const list = element('dl')
  for (const [label, text] of facts) list.append(element('dt', label), element('dd', text))
  return list
}

/** Shows a page of its own over the report, from its first line. */
function show(title, { sign, look }, steps, parts) {
  const bar = element('div', undefined, 'bar')
  bar.append(
    ...steps,
    button('Close', () => dialog.close()),
  )
  const heading = element('h2', undefined, look)
  heading.id = 'cell-title'
  heading.tabIndex = -1
  heading.append(element('span', sign, 'sign'), ` ${title}`)
  dialog.replaceChildren(bar, heading, ...parts)
  if (!dialog.open) {
    opener = document.activeElement
    dialog.showModal()
  }
  dialog.scrollTop = 0
  heading.focus({ preventScroll: true })
}

/** The numbers of the cells before and after one, among those that the filter shows. */
function neighbours(number) {
  const all = shown === undefined ? cells().map((_, index) => index) : [...shown].sort((a, b) => a - b)
  return [all.findLast((one) => one < number), all.find((one) => one > number)]
}

function step(label, number) {
  if (number === undefined) return button(label, null)
  const made = button(label, () => {
    address({ cell: cells()[number].id })
  })
  made.title = cells()[number].id
  return made
}

function showCell(number) {
  const cell = cells()[number]
  const { invariants, policies } = read('shared')
  const [before, after] = neighbours(number)
  const facts = [...cell.facts, ['path', cell.path], ['took', cell.took]]
  for (const index of cell.proves) facts.push(['proves', invariants[index].join(': ')])
  const parts = [element('p', cell.because), described(facts), command('repeat', cell.repeat)]
  if (cell.curl !== undefined) parts.push(command('curl', cell.curl))
  const applied = policies[cell.policies]
  if (applied.length > 0) {
    const list = element('ul')
    list.append(...applied.map((text) => element('li', text)))
    parts.push(element('h3', 'Policies that apply to the request'), list)
  }
  show(`${cell.verdict}: ${cell.id}`, cell, [step('Previous', before), step('Next', after)], parts)
}

/** Opens a scenario in its place; one of its operations is shown in the dialog, like a cell. */
function showScenario(number, event) {
  const entry = scenarioEntries[number]
  entry.open = true
  if (event !== null) {
    const operation = scenarios()[number].events[event]
    if (operation === undefined) return `The link names an operation that is not shown in this report: ${event}`
    show(operation.title, operation, [], [element('p', operation.because), described(operation.facts)])
    return ''
  }
  if (dialog.open) dialog.close()
  entry.scrollIntoView()
  entry.querySelector('summary').focus({ preventScroll: true })
  return ''
}

function parameters() {
  return new URLSearchParams(location.hash.slice(1))
}

/** Changes the address to another cell or operation; the filter stays. */
function address(names) {
  const asked = parameters()
  for (const name of ['cell', 'scenario', 'event', 'matrix']) asked.delete(name)
  for (const [name, value] of Object.entries(names)) asked.set(name, value)
  location.hash = asked.toString()
}

/** Shows the selection of the address. @returns a sentence if this report does not have it, else an empty text. */
function followed(asked) {
  const [id, scenario, matrix] = [asked.get('cell'), asked.get('scenario'), asked.get('matrix')]
  if (id !== null) {
    const number = cells().findIndex((cell) => cell.id === id)
    if (number < 0) return `The link names a cell that is not in this report: ${id}`
    showCell(number)
    return ''
  }
  if (scenario !== null) {
    const number = scenarios().findIndex((candidate) => candidate.id === scenario)
    if (number < 0) return `The link names a scenario that is not in this report: ${scenario}`
    return showScenario(number, asked.get('event'))
  }
  if (dialog.open) dialog.close()
  if (matrix !== null) {
    const entry = document.getElementById(`matrix=${encodeURIComponent(matrix)}`)
    if (entry === null) return `The link names a matrix that is not in this report: ${matrix}`
    entry.open = true
    entry.scrollIntoView()
    return ''
  }
  const plain = location.hash.slice(1)
  const isFilter = [...asked.keys()].every((name) => filters.includes(name))
  return isFilter || document.getElementById(plain) !== null
    ? ''
    : `The link leads to nothing in this report: #${plain}`
}

/** The address of the page names the selection, so that it can be shared. */
function follow() {
  const asked = parameters()
  const unknown = []
  for (const name of filters) {
    const [input, value] = [form.elements[name], asked.get(name) ?? '']
    input.value = value
    if (input.value !== value) {
      input.value = ''
      unknown.push(`The link filters by ${name} ${value}, which is not in this report.`)
    }
  }
  filter()
  showNotice([...unknown, followed(asked)].filter((text) => text !== '').join(' '))
}

function showNotice(text) {
  notice.hidden = text === ''
  notice.textContent = text
  if (text === '') return
  if (dialog.open) dialog.close()
  scrollTo(0, 0)
  notice.focus({ preventScroll: true })
}

function fits(actors, paths, found, texts, { actor, path, verdict, words }) {
  if (actor !== '' && !actors.includes(actor)) return false
  if (path !== '' && !paths.includes(path)) return false
  if (verdict !== '' && found !== verdict) return false
  if (words.length === 0) return true
  const text = texts.join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

function cellFits(cell, asked) {
  const texts = [cell.id, cell.because, ...cell.facts.map(([, value]) => value)]
  return fits([cell.actor], [cell.path], cell.verdict, texts, asked)
}

function scenarioFits({ id, because, actors, paths, verdict, text }, asked) {
  return fits(actors, paths, verdict, [id, because, ...text], asked)
}

/** @returns the indices of the records that fit. */
function fitting(records, fitsOne, asked) {
  return new Set(records.flatMap((record, number) => (fitsOne(record, asked) ? [number] : [])))
}

function asked() {
  const [actor, path, verdict] = ['actor', 'path', 'verdict'].map((name) => form.elements[name].value)
  const words = form.elements.text.value
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return { actor, path, verdict, words }
}

function holds(list, numbers) {
  return list !== undefined && list !== '' && list.split(' ').some((number) => numbers.has(Number(number)))
}

/** Hides everything that does not fit, whole sections among it. */
function filter() {
  const wanted = asked()
  const everything = Object.values(wanted).every((value) => value.length === 0)
  if (everything && shown === undefined) return
  shown = everything ? undefined : fitting(cells(), cellFits, wanted)
  const raced = everything ? undefined : fitting(scenarios(), scenarioFits, wanted)
  for (const link of links)
    link.parentElement.classList.toggle('out', !everything && !shown.has(Number(link.dataset.cell)))
  for (const one of numbered) {
    one.hidden = !everything && !holds(one.dataset.cells, shown) && !holds(one.dataset.raced, raced)
  }
  for (const entry of scenarioEntries) entry.hidden = !everything && !raced.has(Number(entry.dataset.scenario))
  for (const matrix of matrices) {
    for (const row of matrix.querySelectorAll('tbody tr'))
      row.hidden = !everything && row.querySelector('td:not(.out) a') === null
    matrix.hidden = !everything && matrix.querySelector('td:not(.out) a') === null
    matrix.open = everything ? initiallyOpen.has(matrix) : !matrix.hidden
  }
  for (const list of document.querySelectorAll('.change'))
    list.hidden = !everything && list.querySelector('[data-cells]:not([hidden])') === null
  hideSections(everything)
  count(everything, raced)
}

/** A section about the whole run, or without an entry that fits, is hidden, and so is its entry in the contents. */
function hideSections(everything) {
  const entries = '.finding, .matrix, .scenario, tr[data-cells], li[data-cells]'
  for (const section of main.querySelectorAll('section')) {
    const fit = [...section.querySelectorAll(entries)].some((entry) => !entry.hidden)
    section.hidden = !everything && ('whole' in section.dataset || !fit)
  }
  for (const entry of document.querySelectorAll('[data-for]')) {
    const target = document.getElementById(entry.dataset.for)
    entry.hidden = target === null || target.hidden || target.closest('section').hidden
  }
}

function count(everything, raced) {
  const counted = everything ? [] : [`${shown.size} of ${cells().length} cells`]
  if (!everything && scenarioEntries.length > 0) counted.push(`${raced.size} of ${scenarioEntries.length} scenarios`)
  form.elements.shown.value = counted.join(', ')
}

function remember() {
  const address = new URLSearchParams()
  for (const name of filters) if (form.elements[name].value !== '') address.set(name, form.elements[name].value)
  history.replaceState(null, '', `#${address}`)
  showNotice('')
  filter()
}

form.hidden = false
for (const made of document.querySelectorAll('[data-copy]')) copyButton(made, made.parentElement.querySelector('code'))
form.addEventListener('input', remember)
form.addEventListener('reset', () => requestAnimationFrame(remember))
form.addEventListener('submit', (event) => event.preventDefault())
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-cell], a[data-event]')
  if (link === null) return
  event.preventDefault()
  if (link.dataset.cell !== undefined) {
    address({ cell: cells()[Number(link.dataset.cell)].id })
    return
  }
  const [number, operation] = link.dataset.event.split(' ')
  address({ scenario: scenarios()[Number(number)].id, event: operation })
})
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close()
})
dialog.addEventListener('close', () => {
  const rest = parameters()
  for (const name of ['cell', 'event']) rest.delete(name)
  history.replaceState(null, '', `#${rest}`)
  opener?.focus()
})
addEventListener('hashchange', follow)
// Before `load`, the browser itself scrolls to the fragment and moves the focus.
addEventListener('load', follow)
