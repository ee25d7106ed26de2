/** JOBSIDE_LONG=1 strikes as often, and takes sizes as large, as the promise says; otherwise enough to notice a break. */
export const isLong = process.env['JOBSIDE_LONG'] === '1'
