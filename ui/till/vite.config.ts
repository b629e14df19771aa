import { app } from "../vite.shared";

export default app("till", "/till/", "http://127.0.0.1:8080");
