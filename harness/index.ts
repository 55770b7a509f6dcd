export {
  type ActorDefinition,
  type ActorsDefinition,
  defineActors,
  defineMatrix,
  type MatrixDefinition,
} from './matrix/define.ts'
export { defineScenario, type ScenarioDefinition } from './scenarios/define.ts'
export { defineConfig, type WorkspaceConfig } from './workspace/define.ts'
