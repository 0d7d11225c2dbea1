import type { ServerResponse } from 'node:http';
import { KubeError, methodNotAllowed } from '../errors.ts';
import { checkListOptions } from '../kube/list-options.ts';
import { PROTOBUF_TYPE } from '../kube/negotiate.ts';
import { parseRequest, type ResourceRequest, WRITE_VERBS } from '../kube/request-info.ts';
import { encodeObject } from '../translate/protobuf/encode-object.ts';
import { hasProtobuf } from '../translate/protobuf/has-protobuf.ts';
import type { ResourceRow } from '../translate/table/row.ts';
import { sendBytes, sendJson } from './answer.ts';
import { chooseShape, emptyList } from './empty-list.ts';
import type { LocalHandler, LocalRequest } from './local-request.ts';
import type { PolicyTable } from './policy-table.ts';
import { streamSilentWatch } from './silent-watch.ts';

/**
 * Kinds of the platform that tools ask for and tenants own none of (nodes): to read them shows an empty cluster, to
 * write them is forbidden.
 */
export function createHiddenHandler({ table }: { readonly table: PolicyTable }): LocalHandler {
  return async (request, response) => {
    if (request.identity.role !== 'tenant' || !/^\/apis?\//.test(request.path)) return false;
    const asked = parseRequest(request.method, request.path, request.query);
    if (asked.type !== 'resource') return false;
    const row = table.findResource(asked.group, asked.version, asked.resource);
    if (row?.policy !== 'hidden' || !isRouted(asked, row)) return false;
    await answerHidden(asked, row, request, response);
    return true;
  };
}

async function answerHidden(asked: ResourceRequest, row: ResourceRow, request: LocalRequest, response: ServerResponse): Promise<void> {
  if (request.method === 'HEAD') throw methodNotAllowed();
  if (WRITE_VERBS.has(asked.verb)) throw forbidden(asked, row);
  if (asked.name !== undefined) throw notFound(asked);
  const options = checkListOptions(asked.verb === 'watch' ? 'watch' : 'list', request.query);
  const shape = chooseShape(request.headers.accept, asked.verb === 'watch', hasProtobuf(row));
  if (asked.verb === 'watch') return streamSilentWatch(asked, row, shape, options, request, response);
  const list = emptyList(shape.form, asked, row.kind);
  if (shape.isProtobuf) sendBytes(response, 200, encodeObject(list), { 'content-type': PROTOBUF_TYPE });
  else sendJson(request, response, 200, list);
}

/** Only the paths that upstream would have an answer for. */
function isRouted({ namespace, name, subresource, verb }: ResourceRequest, { scope, subresources }: ResourceRow): boolean {
  if (subresource !== undefined && !Object.hasOwn(subresources, subresource)) return false;
  if (scope === 'Cluster') return namespace === undefined;
  return namespace !== undefined || (name === undefined && (verb === 'list' || verb === 'watch'));
}

function forbidden(asked: ResourceRequest, row: ResourceRow): KubeError {
  const sub = asked.subresource === undefined ? undefined : row.subresources[asked.subresource];
  const reason = sub?.reason ?? row.reason ?? `${asked.resource} belong to the platform`;
  const named = asked.name === undefined ? '' : ` "${asked.name}"`;
  return new KubeError('Forbidden', `${qualified(asked)}${named} is forbidden: ${reason}`, detailsOf(asked));
}

function notFound(asked: ResourceRequest): KubeError {
  return new KubeError('NotFound', `${qualified(asked)} "${asked.name}" not found`, detailsOf(asked));
}

function qualified({ group, resource }: ResourceRequest): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** As the apiserver fills them: `kind` holds the resource's name. */
function detailsOf({ group, resource, name }: ResourceRequest): { name?: string; group?: string; kind: string } {
  return { ...(name !== undefined && { name }), ...(group !== '' && { group }), kind: resource };
}
