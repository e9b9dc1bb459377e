// Package assets holds the files that pages load: styles, scripts, icons; vendored ones and ours.
package assets
