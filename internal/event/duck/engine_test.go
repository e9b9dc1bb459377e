package duck_test

import (
	"github.com/firehall/firehall/internal/event/duck"
	"github.com/firehall/firehall/internal/event/duck/engine"
)

func init() { duck.Linked = engine.DuckDB() }
