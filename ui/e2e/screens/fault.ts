/** The answer of a server that has failed. */
export const FAULT = {
  status: 500,
  json: { success: false, error: "internal", message: "Ada kesalahan di server." },
};
