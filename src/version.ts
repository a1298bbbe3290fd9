/** The version of this package, as exported files state it. */
export const version = '0.1.0';
