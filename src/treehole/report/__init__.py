"""Reports: pages and pictures made from what the layers below found."""
