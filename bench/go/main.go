// The bench's parts that are not Fairlead: the target behind every proxy, the load, and the rival tunnel (remotedialer).
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

var commands = map[string]func([]string) error{
	"target":   target,
	"load":     load,
	"watch":    watch,
	"rd-hub":   remotedialerHub,
	"rd-agent": remotedialerAgent,
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		names := make([]string, 0, len(commands))
		for name := range commands {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Fprintf(os.Stderr, "usage: fairlead-bench %s [flags]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
