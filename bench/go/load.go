package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"
)

type loadResult struct {
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	First    string  `json:"firstError,omitempty"`
	Seconds  float64 `json:"seconds"`
	PerSec   float64 `json:"requestsPerSecond"`
	P50      float64 `json:"p50Us"`
	P99      float64 `json:"p99Us"`
	MBPerSec float64 `json:"megabytesPerSecond"`
}

// load keeps a number of HTTP/1.1 connections busy, one request at a time each, and reports what came back.
// An answer that is not 200, or is cut, is an error; the connection is made anew.
func load(args []string) error {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	address := flags.String("url", "", "https URL to GET")
	clients := flags.Int("clients", 64, "connections")
	seconds := flags.Float64("seconds", 5, "how long to measure, after half a second of warm-up")
	token := flags.String("token-file", "", "bearer token")
	if err := flags.Parse(args); err != nil {
		return err
	}
	target, err := url.Parse(*address)
	if err != nil {
		return err
	}
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nUser-Agent: fairlead-bench\r\n", target.RequestURI(), target.Host)
	if *token != "" {
		text, err := os.ReadFile(*token)
		if err != nil {
			return err
		}
		request += "Authorization: Bearer " + string(text) + "\r\n"
	}
	request += "\r\n"

	start := time.Now().Add(500 * time.Millisecond)
	end := start.Add(time.Duration(*seconds * float64(time.Second)))
	var mutex sync.Mutex
	var latencies []float64
	var bytes int64
	result := loadResult{Seconds: *seconds}
	var group sync.WaitGroup
	for range *clients {
		group.Go(func() {
			var own []float64
			var read int64
			errors, first := 0, ""
			for time.Now().Before(end) {
				err := client(target.Host, request, start, end, &own, &read)
				if err != nil {
					errors++
					if first == "" {
						first = err.Error()
					}
					time.Sleep(10 * time.Millisecond)
				}
			}
			mutex.Lock()
			defer mutex.Unlock()
			latencies = append(latencies, own...)
			bytes += read
			result.Errors += errors
			if result.First == "" {
				result.First = first
			}
		})
	}
	group.Wait()
	slices.Sort(latencies)
	result.Requests = len(latencies)
	result.PerSec = float64(len(latencies)) / *seconds
	result.MBPerSec = float64(bytes) / *seconds / 1e6
	if n := len(latencies); n > 0 {
		result.P50 = latencies[n/2]
		result.P99 = latencies[n*99/100]
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func client(host, request string, start, end time.Time, latencies *[]float64, read *int64) error {
	connection, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		return err
	}
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 64<<10)
	buffer := make([]byte, 256<<10)
	counts := func(now time.Time) bool { return now.After(start) && now.Before(end) }
	for time.Now().Before(end) {
		sent := time.Now()
		if _, err := io.WriteString(connection, request); err != nil {
			return err
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return err
		}
		for {
			n, err := response.Body.Read(buffer)
			if counts(time.Now()) {
				*read += int64(n)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			if time.Now().After(end) && response.ContentLength > 1<<20 {
				return nil
			}
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			return fmt.Errorf("status %d", response.StatusCode)
		}
		if now := time.Now(); counts(now) {
			*latencies = append(*latencies, float64(now.Sub(sent).Microseconds()))
		}
	}
	return nil
}
