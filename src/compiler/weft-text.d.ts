/** Weft files imported as text: the compiler itself reads no files, and the library's methods are part of its bundle. */
declare module '*.weft' {
  const text: string;
  export default text;
}
