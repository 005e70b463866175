import type Express from 'express';
import { loadPeer } from './peers.js';

export const express: typeof Express = loadPeer('express');
