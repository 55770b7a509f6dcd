import { authorizingLayers, type Layer, layers } from '../model/verdict.ts'

/** @returns the layers that `deny(grant, rls)` names; `deny` alone stands for those that authorize. */
export function layersIn(text: string): readonly Layer[] {
  return text === 'deny' ? authorizingLayers : layers.filter((layer) => new RegExp(`\\b${layer}\\b`).test(text))
}
