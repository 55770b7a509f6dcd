import { defineActors } from 'trespass'

export const actors = defineActors({
  actors: { visitor: { kind: 'anon' }, alice: { kind: 'authenticated' }, bob: { kind: 'authenticated' } },
})
