import { app } from "../vite.shared";

export default app("office", "/", "http://127.0.0.1:9090");
