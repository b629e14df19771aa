import { app } from "../vite.shared";

export default app("display", "/display/", "http://127.0.0.1:8080");
