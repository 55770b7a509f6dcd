// The script of the page. Without it the findings and the heat maps are still visible.
const dialog = document.getElementById('cell')
const form = document.getElementById('filters')
const links = [...document.querySelectorAll('[data-cell]')]
const findings = [...document.querySelectorAll('.finding')]
const matrices = [...document.querySelectorAll('.matrix')]
const scenarioEntries = [...document.querySelectorAll('[data-scenario]')]
const known = {}
let everythingIsShown = true

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

function show({ title, sign, look, because, facts }) {
  const heading = element('h2', undefined, look)
  heading.id = 'cell-title'
  heading.append(element('span', sign, 'sign'), ` ${title}`)
  const list = element('dl')
  for (const [label, text] of facts) list.append(element('dt', label), element('dd', text))
  const close = element('button', 'Close')
  close.addEventListener('click', () => dialog.close())
  dialog.replaceChildren(heading, element('p', because), list, close)
  if (!dialog.open) dialog.showModal()
}

function showCell(cell) {
  const facts = [...cell.facts, ['path', cell.path]]
  if (cell.proves.length > 0) facts.push(['proves', cell.proves.join(', ')])
  show({ ...cell, title: `${cell.verdict}: ${cell.id}`, facts })
}

/** Opens a scenario in its place; one of its operations is shown in the dialog, like a cell. */
function showScenario(id, event) {
  const number = scenarios().findIndex((candidate) => candidate.id === id)
  const entry = scenarioEntries[number]
  if (entry === undefined) return
  entry.open = true
  const told = event === null ? undefined : scenarios()[number].events[event]
  if (told !== undefined) {
    show(told)
    return
  }
  if (dialog.open) dialog.close()
  entry.scrollIntoView()
  entry.querySelector('summary').focus({ preventScroll: true })
}

function parameters() {
  return new URLSearchParams(location.hash.slice(1))
}

/** The address of the page names the selection, so that it can be shared. */
function follow() {
  const asked = parameters()
  for (const name of ['actor', 'path', 'verdict', 'text']) form.elements[name].value = asked.get(name) ?? ''
  filter()
  const [id, scenario] = [asked.get('cell'), asked.get('scenario')]
  const cell = id === null ? undefined : cells().find((candidate) => candidate.id === id)
  if (cell !== undefined) showCell(cell)
  else if (scenario !== null) showScenario(scenario, asked.get('event'))
  else if (dialog.open) dialog.close()
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

function filter() {
  const [actor, path, verdict] = ['actor', 'path', 'verdict'].map((name) => form.elements[name].value)
  const words = form.elements.text.value
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const everything = actor === '' && path === '' && verdict === '' && words.length === 0
  if (everything && everythingIsShown) return
  everythingIsShown = everything
  const asked = { actor, path, verdict, words }
  const shown = everything ? undefined : fitting(cells(), cellFits, asked)
  const raced = everything ? undefined : fitting(scenarios(), scenarioFits, asked)
  for (const link of links)
    link.closest('td')?.classList.toggle('out', shown !== undefined && !shown.has(Number(link.dataset.cell)))
  for (const finding of findings) {
    const { cells: own, raced: scenario } = finding.dataset
    finding.hidden =
      shown !== undefined &&
      !(scenario === undefined ? own.split(' ').some((n) => shown.has(Number(n))) : raced.has(Number(scenario)))
  }
  for (const entry of scenarioEntries) entry.hidden = raced !== undefined && !raced.has(Number(entry.dataset.scenario))
  for (const matrix of matrices) {
    for (const row of matrix.querySelectorAll('tbody tr'))
      row.hidden = shown !== undefined && row.querySelector('td:not(.out) a') === null
    matrix.hidden = shown !== undefined && matrix.querySelector('td:not(.out) a') === null
  }
  if (everything) {
    form.elements.shown.value = ''
    return
  }
  const counted = [`${shown.size} of ${cells().length} cells`]
  if (scenarioEntries.length > 0) counted.push(`${raced.size} of ${scenarioEntries.length} scenarios`)
  form.elements.shown.value = counted.join(', ')
}

function remember() {
  const asked = new URLSearchParams()
  for (const name of ['actor', 'path', 'verdict', 'text']) {
    if (form.elements[name].value !== '') asked.set(name, form.elements[name].value)
  }
  history.replaceState(null, '', `#${asked}`)
  filter()
}

form.hidden = false
form.addEventListener('input', remember)
form.addEventListener('reset', () => requestAnimationFrame(remember))
form.addEventListener('submit', (event) => event.preventDefault())
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-cell], a[data-event]')
  if (link === null) return
  event.preventDefault()
  const asked = parameters()
  for (const name of ['cell', 'scenario', 'event']) asked.delete(name)
  if (link.dataset.cell !== undefined) asked.set('cell', cells()[Number(link.dataset.cell)].id)
  else {
    const [number, operation] = link.dataset.event.split(' ')
    asked.set('scenario', scenarios()[Number(number)].id)
    asked.set('event', operation)
  }
  location.hash = asked.toString()
})
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close()
})
dialog.addEventListener('close', () => {
  const asked = parameters()
  for (const name of ['cell', 'event']) asked.delete(name)
  history.replaceState(null, '', `#${asked}`)
})
addEventListener('hashchange', follow)
// Before `load`, the browser itself scrolls to the fragment and moves the focus.
addEventListener('load', follow)
