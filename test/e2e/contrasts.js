// Runs in a page: the contrast of WCAG 2.1 between its texts and their backgrounds.
const parts = (color) => (color.match(/[\d.]+/g) ?? []).map(Number)

function light(color) {
  const [red = 0, green = 0, blue = 0] = parts(color).map((part) => {
    const share = part / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function groundOf(element) {
  if (element === null) return 'rgb(255, 255, 255)'
  const { backgroundColor } = getComputedStyle(element)
  return parts(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor
}

const texts = [...document.querySelectorAll('h1, h2, h3, p, dt, dd, a, li, summary, summary span, th, .who, .count')]
texts
  .filter((element) => element.getClientRects().length > 0 && element.closest('svg') === null)
  .map((element) => {
    const [one, other] = [light(getComputedStyle(element).color), light(groundOf(element))]
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    return { text: element.textContent.slice(0, 40), ratio }
  })
