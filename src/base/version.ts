// Written by scripts/generate.ts from package.json.
export const version = '0.1.0'
