/** dockerd's rule for names of containers. */
export const validName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
