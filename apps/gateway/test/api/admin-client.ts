import type { TestGateway } from '../support/gateway.ts'
import { call, type Answer } from './client.ts'

export const ADMIN_TOKEN = 'test-admin-token-0123456789-abcdef'
export const WITH_ADMIN = { GENLOCK_ADMIN_TOKEN: ADMIN_TOKEN }

/** As the operator; `body` makes it JSON. */
export function admin<Body = Record<string, unknown>>(genlock: TestGateway, method: string, path: string, body?: unknown): Promise<Answer<Body>> {
  return call<Body>(genlock, `/admin${path}`, { method, key: ADMIN_TOKEN, ...(body !== undefined && { body: JSON.stringify(body) }) })
}

/** As its document describes it. */
export interface AdminDocument {
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string }[]; requestBody?: unknown }>>
}
