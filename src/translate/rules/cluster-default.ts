import { KubeError } from '../../errors.ts';
import type { StringRule } from '../engine/plan.ts';

/** The apiserver gives the newest default class to every Ingress, or claim, of the cluster that names none. @throws KubeError Forbidden */
export const refuseClusterDefault: StringRule = (value) => {
  if (value === 'true') throw new KubeError('Forbidden', 'a default class would be the default of the whole platform: it is not offered');
  return value;
};
