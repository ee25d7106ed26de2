import {createHash} from 'node:crypto'
import type {Answer} from './answers.ts'
import type {Fault} from '../world/world-types.ts'

/** The answer of somebody who is not GitLab: a proxy, a login page, an overloaded front end. */
export function standInAnswer({answer, html, redirect}: Fault): Answer {
  if (answer) return {status: answer.status, ...written(answer.body, answer.headers)}
  if (redirect) {
    return {status: redirect.status ?? 302, headers: {location: redirect.location}, body: Buffer.alloc(0)}
  }
  const page = html
    ? '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n'
    : ''
  return {status: 200, headers: {'content-type': 'text/html; charset=utf-8'}, body: Buffer.from(page)}
}

function written(body: unknown, headers: Readonly<Record<string, string>> = {}): Pick<Answer, 'headers' | 'body'> {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (body === undefined || typeof body === 'string') {
    return {headers: {'content-type': 'text/plain', ...given}, body: Buffer.from(body ?? '')}
  }
  return {headers: {'content-type': 'application/json', ...given}, body: Buffer.from(JSON.stringify(body))}
}

/** Gives an answer the ETag that a rule asks for. */
export function retagged(answer: Answer, etag: Fault['etag']): Answer {
  if (etag === undefined) return answer
  const {etag: _, ...rest} = answer.headers
  if (etag === 'none') return {...answer, headers: rest}
  const tag = `"${createHash('sha256').update(answer.body).digest('hex')}"`
  return {...answer, headers: {...rest, etag: etag === 'strong' ? tag : `W/${tag}`}}
}
