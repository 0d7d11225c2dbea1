import { mutatingPolicyVersion } from '../../../controller/platform/install-platform.ts';
import { type Check, type Finding, failure, ok, warning } from '../check.ts';
import type { DoctorUpstream } from '../doctor-context.ts';
import { eachUpstream } from '../each-upstream.ts';

/** ValidatingAdmissionPolicy and aggregated discovery are stable from here on. */
const MINIMUM_MINOR = 30;
/** What the tests run with. */
const TESTED_MINOR = 37;

export const upstreamVersion: Check = {
  name: 'upstream-version',
  title: "upstream's version",
  about: 'upstream is Kubernetes 1.30 or later, and has MutatingAdmissionPolicy',
  run: (context) => eachUpstream(context, lookAtVersion),
};

async function lookAtVersion({ controller }: DoctorUpstream): Promise<Finding[]> {
  const { status, body } = await controller.request({ method: 'GET', path: '/version' });
  if (status !== 200) return [failure(`/version answers ${status}`, "are the controller's credentials (controllerKubeconfig) still good?")];
  const { gitVersion, major, minor } = JSON.parse(body.toString()) as { gitVersion: string; major: string; minor: string };
  const findings = judgeVersion(gitVersion, Number(major), Number.parseInt(minor, 10));
  if (findings.some(({ level }) => level === 'failure')) return findings;
  if ((await mutatingPolicyVersion(controller)) !== undefined) return findings;
  const advice = 'only the gateway labels what tenants own, and a DeviceClass without selectors cannot be applied: a newer one has it';
  return [...findings, warning('it serves no MutatingAdmissionPolicy', advice)];
}

export function judgeVersion(gitVersion: string, major: number, minor: number): Finding[] {
  if (major !== 1 || minor < MINIMUM_MINOR) {
    return [
      failure(`Kubernetes ${gitVersion}`, `1.${MINIMUM_MINOR} at least is needed: before, admission policies do not confine tenants`),
    ];
  }
  if (minor > TESTED_MINOR) {
    return [
      warning(
        `Kubernetes ${gitVersion}`,
        `newer than 1.${TESTED_MINOR}, with which it is tested: kinds that it brings are hidden from tenants`,
      ),
    ];
  }
  return [ok(`Kubernetes ${gitVersion}`)];
}
