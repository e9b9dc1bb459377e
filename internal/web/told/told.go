// Package told is the line that leads from a thing to its page among the releases: what may be told of it, to whom, and who has a copy.
package told

import (
	"net/url"

	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/web/shell"
)

// Path is where the page of a thing is, by release's kind of it and its id; "" for who may not see it.
func Path(r *shell.Request, kind, id string) string {
	if !r.Actor.May(release.OpRead) || !r.Actor.May(release.OpHolders) {
		return ""
	}
	return "/releases/items/" + url.PathEscape(kind) + "/" + url.PathEscape(id)
}
