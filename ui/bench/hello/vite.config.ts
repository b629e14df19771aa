import { app } from "../../vite.shared";

export default app("bench/hello", "/", "http://127.0.0.1:8080");
