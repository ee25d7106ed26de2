import {serveUnpacking} from './worker.ts'

serveUnpacking()
