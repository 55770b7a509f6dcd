// Runs in the page. Without it the findings and the heat maps stand as they are.
const dialog = document.getElementById('cell')
const form = document.getElementById('filters')
const links = [...document.querySelectorAll('[data-cell]')]
const findings = [...document.querySelectorAll('[data-cells]')]
const matrices = [...document.querySelectorAll('.matrix')]
let known

/** The cells are only read when somebody asks: a large report opens without them. */
function cells() {
  known ??= JSON.parse(document.getElementById('cells').textContent)
  return known
}

function element(name, text, look) {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  if (look !== undefined) made.className = look
  return made
}

function show(cell) {
  const title = element('h2', undefined, cell.look)
  title.id = 'cell-title'
  title.append(element('span', cell.sign, 'sign'), ` ${cell.verdict}: ${cell.id}`)
  const list = element('dl')
  const rows = [...cell.facts, ['path', cell.path]]
  if (cell.proves.length > 0) rows.push(['proves', cell.proves.join(', ')])
  for (const [label, text] of rows) list.append(element('dt', label), element('dd', text))
  const close = element('button', 'Close')
  close.addEventListener('click', () => dialog.close())
  dialog.replaceChildren(title, element('p', cell.because), list, close)
  if (!dialog.open) dialog.showModal()
}

function parameters() {
  return new URLSearchParams(location.hash.slice(1))
}

/** The address says what is shown, so that it can be passed on. */
function follow() {
  const asked = parameters()
  for (const name of ['actor', 'path', 'verdict', 'text']) form.elements[name].value = asked.get(name) ?? ''
  filter()
  const id = asked.get('cell')
  const cell = id === null ? undefined : cells().find((candidate) => candidate.id === id)
  if (cell !== undefined) show(cell)
  else if (dialog.open) dialog.close()
}

function fits(cell, { actor, path, verdict, words }) {
  if (actor !== '' && cell.actor !== actor) return false
  if (path !== '' && cell.path !== path) return false
  if (verdict !== '' && cell.verdict !== verdict) return false
  if (words.length === 0) return true
  const text = [cell.id, cell.because, ...cell.facts.map(([, value]) => value)].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

function filter() {
  const [actor, path, verdict] = ['actor', 'path', 'verdict'].map((name) => form.elements[name].value)
  const words = form.elements.text.value
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const everything = actor === '' && path === '' && verdict === '' && words.length === 0
  const shown = everything
    ? undefined
    : new Set(cells().flatMap((cell, n) => (fits(cell, { actor, path, verdict, words }) ? [n] : [])))
  for (const link of links)
    link.closest('td')?.classList.toggle('out', shown !== undefined && !shown.has(Number(link.dataset.cell)))
  for (const finding of findings) {
    finding.hidden = shown !== undefined && !finding.dataset.cells.split(' ').some((n) => shown.has(Number(n)))
  }
  for (const matrix of matrices) {
    for (const row of matrix.querySelectorAll('tbody tr'))
      row.hidden = shown !== undefined && row.querySelector('td:not(.out) a') === null
    matrix.hidden = shown !== undefined && matrix.querySelector('td:not(.out) a') === null
  }
  form.elements.shown.value = shown === undefined ? '' : `${shown.size} of ${cells().length} cells`
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
  const link = event.target.closest('a[data-cell]')
  if (link === null) return
  event.preventDefault()
  const asked = parameters()
  asked.set('cell', cells()[Number(link.dataset.cell)].id)
  location.hash = asked.toString()
})
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close()
})
dialog.addEventListener('close', () => {
  const asked = parameters()
  asked.delete('cell')
  history.replaceState(null, '', `#${asked}`)
})
addEventListener('hashchange', follow)
follow()
