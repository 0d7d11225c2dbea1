let watched = false;

/**
 * From here on output that is lost fails the command: a disk that is full, in the place of a backup or a kubeconfig, must not look like
 * success (console.log says nothing of it). A reader that has had enough (`| head`) ends it, and is nobody's fault.
 */
export function watchOutput(): void {
  if (watched) return;
  watched = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    console.error(`error: what was to be printed cannot be written: ${error.message}`);
    process.exit(1);
  });
}
