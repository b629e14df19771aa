import { app } from "../vite.shared";

export default app("kitchen", "/kitchen/", "http://127.0.0.1:8080");
