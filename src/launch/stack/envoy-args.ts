/**
 * Hot restart would make all Envoys of a machine share memory; here each is on its own. One that is drained sends its clients away with
 * their next answer: as a rule, with a chance that grows over ten minutes.
 */
export function envoyArgs(configFile: string): string[] {
  return [
    '--config-path',
    configFile,
    '--disable-hot-restart',
    '--drain-strategy',
    'immediate',
    '--drain-time-s',
    '30',
    '--log-level',
    'warning',
  ];
}

/** Of ends that Envoy explains in the middle of a backtrace. */
export const ENVOY_REMEDIES = [
  {
    sign: 'assert failure: inotify_fd_ >= 0',
    hint:
      'The processes of this user have all the inotify instances that the system gives one user. End other gateways, or have more: ' +
      'sysctl -w fs.inotify.max_user_instances=512',
  },
];
