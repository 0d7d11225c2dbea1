/**
 * What autoscaling/v1 keeps of v2's metrics, as JSON in annotations (k8s.io/kubernetes/pkg/apis/autoscaling/v1/conversion.go): an
 * object that is measured has its apiVersion there.
 */
import { compilePlan } from '../engine/compile-plan.ts';
import { JsonSyntaxError, rewriteJson } from '../engine/json-rewriter.ts';
import type { StringRule } from '../engine/plan.ts';
import { apiVersionToUpstream } from './api-group.ts';

export const metricsAnnotationToUpstream: StringRule = metricsAnnotation(apiVersionToUpstream);
export const metricsAnnotationToTenant: StringRule = metricsAnnotation('strip');

/** What is not JSON is nothing that upstream reads. */
function metricsAnnotation(apiVersion: StringRule): StringRule {
  const plan = compilePlan({ items: { fields: { object: { fields: { target: { fields: { apiVersion: { string: apiVersion } } } } } } } });
  return (text, context) => {
    try {
      return rewriteJson(plan, context, text).toString('utf8');
    } catch (error) {
      if (error instanceof JsonSyntaxError) return text;
      throw error;
    }
  };
}
