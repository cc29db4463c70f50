// What Sphinx has no Chinese for.
if (DOCUMENTATION_OPTIONS.LANGUAGE === "zh-CN") {
    Object.assign(Documentation.TRANSLATIONS, {
        "Search finished, found one page matching the search query.": [
            "共找到 ${resultCount} 处。",
        ],
    });
}
