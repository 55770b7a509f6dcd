/** The moment when everything has been attempted that expects an unchanged world. */
export class Quiet {
  readonly reached: Promise<void>
  #waitingFor = 0
  #reach: () => void = () => undefined

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve
    })
  }

  /** @param attempts how many are still to come. */
  expect(attempts: number): void {
    this.#waitingFor = attempts
    if (attempts === 0) this.#reach()
  }

  /** One of them has been made, or will never be. */
  arrive(): void {
    this.#waitingFor -= 1
    if (this.#waitingFor === 0) this.#reach()
  }
}
