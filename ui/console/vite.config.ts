import { app } from "../vite.shared";

export default app("console", "/admin/", "http://127.0.0.1:8080");
