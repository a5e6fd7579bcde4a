import type { ApiKey } from '../admission/authenticate.ts'
import { allModels } from '../catalog/index.ts'
import type { Model } from '../core/model.ts'
import type { HttpParts } from './http-parts.ts'

/** The models that a key may call, in the catalogue's order; without a key, those of the group `default`. */
export async function callableModels(key: ApiKey | undefined, parts: Pick<HttpParts, 'admission'>): Promise<Model[]> {
  const models: Model[] = []
  for (const model of allModels()) if (await mayCall(model, key, parts)) models.push(model)
  return models
}

export async function mayCall(model: Model, key: ApiKey | undefined, parts: Pick<HttpParts, 'admission'>): Promise<boolean> {
  if (key?.models && !key.models.includes(model.id)) return false
  return (await parts.admission.reach(model.id, key?.groupName ?? 'default')).reached
}
