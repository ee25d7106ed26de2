import {artifactsWorld} from './artifacts.ts'
import {familiesWorld} from './families.ts'
import {mainWorld} from './main.ts'
import {movingWorld} from './moving.ts'
import type {Seed} from './seed.ts'
import {statesWorld} from './states.ts'
import {tokensWorld} from './tokens.ts'

export const builtInWorlds: readonly Seed[] = [
  mainWorld,
  statesWorld,
  movingWorld,
  familiesWorld,
  artifactsWorld,
  tokensWorld,
]
