import { defineConfig } from "@playwright/test";
import tests from "../playwright.config";

const { projects: _, ...settings } = tests;

export default defineConfig({ ...settings, testDir: ".", testMatch: "*.spec.ts", workers: 1, timeout: 300_000 });
