//go:build !linux

package main

// pastCache is not known here.
const pastCache = 0
