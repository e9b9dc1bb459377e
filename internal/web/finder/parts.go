package finder

import (
	"context"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/web/words"
)

func asn(n uint32) string { return "AS" + strconv.FormatUint(uint64(n), 10) }

func hours(c team.Card) string {
	if c.Hours == "" {
		return ""
	}
	return strings.TrimSpace(c.Hours + " " + c.Zone)
}

// othersOf says what the teams of the second list have in common: the country, or the name.
func othersOf(f found) string {
	if f.About == "name" {
		return "name"
	}
	return "country"
}

// factName is the name of a line about a team in the page's language.
func factName(ctx context.Context, name string) string {
	key := "finder.fact." + strings.ReplaceAll(name, " ", "_")
	if !words.Has(key) {
		return name
	}
	return T(ctx, key)
}
