import {main} from '../../src/cli/main.ts'
import {action} from './action.ts'

await main(action)
