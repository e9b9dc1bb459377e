package main

import "golang.org/x/sys/unix"

// pastCache opens a file whose writes go to the disk without the page cache.
const pastCache = unix.O_DIRECT
