import { expect, test } from 'vitest'
import type { Flow, SurveyRecord } from '../../harness/survey/model.ts'
import { demoWorkspace } from './demo-workspace.ts'
import { patience, trespass } from './support.ts'

const briefly = ({ id, columns, expected }: Flow) =>
  [id, columns.join(', '), ...(expected?.cells ?? [])].filter((text) => text !== '').join('; ')

test('every flow of the correct demo is one that its matrices allow', { timeout: 2 * patience }, async () => {
  const ended = await trespass(['survey', '--workspace', demoWorkspace(), '--json'])
  expect(ended.code, ended.text).toBe(0)
  const { flows, tried, unsurveyed }: SurveyRecord = JSON.parse(ended.out)
  expect(flows.length).toBeGreaterThan(600)
  expect(flows.filter(({ expected }) => expected?.decision !== 'allow').map(briefly)).toEqual([])
  expect([tried.unknown, unsurveyed]).toEqual([0, []])
})
