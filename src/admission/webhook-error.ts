/** A webhook that could not be asked, or did not answer as it must. The message is upstream's, for a webhook that it calls itself. */
export class WebhookError extends Error {}
