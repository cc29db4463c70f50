/** What a search tells when records of its view were read anew or saved. */
export const CHANGED = "invoice_records_changed";
