/** Shorter secrets would be found by chance in ordinary text. */
export const shortest = 6

/**
 * The forms of a secret in a text: as it is, URL-encoded, JSON-escaped, and in base64.
 *
 * @returns every form once, longest first; none for a secret that is too short to distinguish from ordinary text.
 */
export function secretForms(secret: string): string[] {
  if (secret.length < shortest) return []
  const forms = new Set<string>([secret])
  for (const form of urlForms(secret)) forms.add(form)
  const inJson = JSON.stringify(secret).slice(1, -1)
  forms.add(inJson)
  forms.add(JSON.stringify(inJson).slice(1, -1))
  for (const form of base64Forms(secret)) forms.add(form)
  return [...forms].filter((form) => form.length >= shortest).sort((a, b) => b.length - a.length)
}

function urlForms(secret: string): string[] {
  const encoded = encodeURIComponent(secret.replace(/\p{Cs}/gu, '\ufffd'))
  const inForm = encoded.replaceAll('%20', '+')
  return [encoded, inForm, encodeURIComponent(encoded), encodeURI(secret.replace(/\p{Cs}/gu, '\ufffd'))].flatMap(
    (form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
  )
}

/**
 * Inside a longer base64 text (`user:password`) a secret begins at one of three places in a group of three bytes. The
 * characters at its edges mix with its neighbours, so the forms leave them out.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const inner = whole.slice(Math.ceil((before * 4) / 3), (before + bytes.length) % 3 === 0 ? undefined : -1)
    const both = before === 0 ? [whole, inner] : [inner]
    return both.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
  })
}
