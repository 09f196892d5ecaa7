/** What fleet cleanup is called among what one collector at a time does; see `Store.alone`. */
export const FLEET_CLEANUP = 'fleet-cleanup';
