import {runWorkerIfAsked} from './worker.ts'

// Only where the program is not one bundle: there a thread has to be started from a file of its own.
runWorkerIfAsked()
