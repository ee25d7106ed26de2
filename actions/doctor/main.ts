import {main} from '../../src/main.ts'
import {action} from './action.ts'

await main(action)
