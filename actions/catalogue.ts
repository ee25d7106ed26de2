import type {AnyAction} from '../src/action.ts'
import {action as fetchSelf} from './fetch-self/action.ts'

/** Every command, in the order in which the catalogue lists them. */
export const actions: readonly AnyAction[] = [fetchSelf]
